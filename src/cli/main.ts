/**
 * The command line. Each step of the start loads only what it needs: `--version` nothing, `--help` and usage errors
 * commander, and a command its own module.
 */
const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  const { VERSION } = await import("../version.js");
  process.stdout.write(`${VERSION}\n`);
} else {
  const { runProgram } = await import("./program.js");
  await runProgram(args);
}
