interface Delivery {
  consumer: string;
  /** How often this message was delivered, from 1. */
  tries: number;
  seq: number;
  /** Number of this delivery among all of the consumer. */
  delivered: number;
  time: Date;
}

/** What an ack subject tells: `$JS.ACK.[domain.account.]stream.consumer.tries.seq.delivered.time.pending[.x]`. */
export function deliveryOf(reply: string): Delivery | null {
  const parts = reply.split(".");
  if (parts[0] !== "$JS" || parts[1] !== "ACK") return null;
  const at = parts.length >= 11 ? 5 : 3;
  const consumer = parts[at];
  const [tries, seq, delivered, time] = parts.slice(at + 1, at + 5).map(Number);
  if (
    consumer === undefined ||
    tries === undefined ||
    seq === undefined ||
    delivered === undefined ||
    time === undefined
  )
    return null;
  return { consumer, tries, seq, delivered, time: new Date(time / 1e6) };
}
