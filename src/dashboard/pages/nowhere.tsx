import { Empty } from "../ui/empty.js";

export default function NowherePage() {
  return (
    <Empty title="There is no page at this address.">
      <a href="#/">To the overview</a>
    </Empty>
  );
}
