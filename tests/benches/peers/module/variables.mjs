// The bench of variables in V8: `node variables.mjs FILE.wasm [BITS]`, where BITS is what the native bench
// printed. The module is `cargo build --profile wasm -p measured --target wasm32-unknown-unknown`.
import { readFileSync } from 'node:fs';

const [file, bits] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file), {});
const run = instance.exports;
const found = BigInt.asUintN(64, run.variables_bits()).toString(16).padStart(16, '0');
console.log(`bits ${found}${bits === undefined ? '' : bits === found ? ', the same' : ', NOT the same'}`);

function median(what, call) {
  const times = [];
  for (let i = 0; i < 400; i++) {
    run.variables_restart();
    const start = process.hrtime.bigint();
    const rounds = call();
    times.push(Number(process.hrtime.bigint() - start) / rounds);
  }
  times.sort((a, b) => a - b);
  console.log(`${what}: ${times[200].toFixed(0)} ns`);
}

median('make an event (to take off the next)', () => (run.variables_make_events(100), 100));
median('make and take in one event, the clock moving with it', () => (run.variables_take_in(100), 100));
median('make the ledger of 400 transactions', () => (run.variables_build(2), 2));
median('read 40 variables', () => (run.variables_read(40, 20), 20));
median('read 512 variables', () => (run.variables_read(512, 2), 2));
median('make the ledger and read 512', () => (run.variables_rebuild(512, 2), 2));
if (bits !== undefined && bits !== found) process.exit(1);
