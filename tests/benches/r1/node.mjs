// The bench in Node.js. Each line on stdin is a question, each line on stdout its answer.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { brotliCompressSync, constants } from 'node:zlib';
import { start } from './r1.mjs';

const one = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };
const asks = {};
const does = {
    // Reads what the bench wrote, with the engine alone, or beside a runtime.
    async open({ folder, runtime }) {
        const load = async (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
        let ort;
        if (runtime === 'native') {
            const module = (await import('onnxruntime-node')).default;
            ort = { name: 'native', module, options: one };
        } else if (runtime === 'web') {
            const module = await import('onnxruntime-web/wasm');
            module.env.wasm.numThreads = 1;
            ort = { name: 'web', module, options: { ...one, executionProviders: ['wasm'] } };
        }
        asks[runtime ?? 'engine'] = await start(load, ort);
    },
    // The size of a file when it is sent: brotli at its strongest.
    brotli({ file }) {
        const bytes = readFileSync(file);
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        return [bytes.length, brotliCompressSync(bytes, { params }).length];
    },
    versions() {
        const version = (name) =>
            JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
        return [
            `Node.js ${process.versions.node} (V8 ${process.versions.v8})`,
            ...['onnxruntime-node', 'onnxruntime-web'].map((name) => `${name} ${version(name)}`),
        ];
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { what, of, ...question } = JSON.parse(line);
    const answer = of === undefined ? await does[what](question) : await asks[of]({ what, ...question });
    process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
