// The side of the bench that runs in V8. Each line on stdin is a question, each line on stdout its answer:
// what holds for every customer, or how long groups of customers took (µs for one customer).
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LogicEngine } from 'json-logic-engine';
import zen from '@gorules/zen-engine';

const bytes = (text) => Buffer.from(text, 'base64');
let customers = 0;
let peers = {};

// The engine, by the exports of its module.
let engine;
function give(input, take) {
    const room = engine.room(input.length);
    new Uint8Array(engine.memory.buffer, room, input.length).set(input);
    take();
}

// A decision graph of one node between its input and its output.
function graph(type, content) {
    const node = (id, type, content) => ({ id, name: id, type, content, position: { x: 0, y: 0 } });
    const edge = (sourceId, targetId) => ({ id: sourceId, sourceId, targetId, type: 'edge' });
    const compiled = new zen.ZenDecisionContent({
        nodes: [
            node('in', 'inputNode', { schema: '' }),
            node('rules', type, { ...content, passThrough: false }),
            node('out', 'outputNode', { schema: '' }),
        ],
        edges: [edge('in', 'rules'), edge('rules', 'out')],
    });
    return new zen.ZenEngine().createDecision(compiled);
}

const does = {
    // The module, and what it decides with.
    async open({ module, bundles, profiles }) {
        const { instance } = await WebAssembly.instantiate(bytes(module), {});
        engine = instance.exports;
        for (const bundle of bundles) give(bytes(bundle), engine.take_bundle);
        for (const { profile, at } of profiles) {
            give(Buffer.from(profile), () => engine.take_profile(BigInt(at)));
        }
        customers = profiles.length;
        peers = {};
        bundles.forEach((_, bundle) => {
            peers[`decide ${bundle}`] = { run: (customer) => engine.decide(bundle, customer) };
        });
    },

    // The conditions for everybody, and the customers' numbers: as bytes, in rows, and by name.
    async ask({ archived, variables, numbers, rows, contexts, logic, tables, script }) {
        give(bytes(archived), engine.take_conditions);
        for (const row of numbers) give(bytes(row), () => engine.take_customer(variables));
        const count = script.length;
        const view = (at) => [...new Uint8Array(engine.memory.buffer, at, count)].map(Boolean);
        peers.engine = { run: (customer) => engine.holds(customer), answer: view };

        const values = rows.map((row) => Float64Array.from(row, (value) => value ?? NaN));
        const out = new Uint8Array(count);
        const lines = script.map((text, i) => `out[${i}] = ${text} ? 1 : 0;`);
        const written = new Function('v', 'out', lines.join('\n'));
        peers.script = {
            run: (customer) => written(values[customer], out),
            answer: () => [...out].map(Boolean),
        };

        const logics = new LogicEngine();
        const compiled = logics.build(logic);
        peers['logic compiled'] = { run: (customer) => compiled(contexts[customer]) };
        const held = new Array(count);
        peers['logic interpreted'] = {
            run(customer) {
                for (let i = 0; i < count; i += 1) held[i] = logics.run(logic[i], contexts[customer]);
                return held;
            },
        };

        const list = graph('expressionNode', {
            expressions: [{ id: 'list', key: 'holds', value: `[${tables.join(', ')}]` }],
        });
        peers['zen list'] = {
            waits: true,
            run: (customer) => list.evaluate(contexts[customer]),
            answer: ({ result }) => result.holds,
        };
        const table = graph('decisionTableNode', {
            hitPolicy: 'collect',
            inputs: [{ id: 'when', name: 'when' }],
            outputs: [{ id: 'then', name: 'then', field: 'then' }],
            rules: tables.map((text, i) => ({ _id: String(i), when: text, then: String(i) })),
        });
        peers['zen table'] = {
            waits: true,
            run: (customer) => table.evaluate(contexts[customer]),
            answer({ result }) {
                const hits = new Set(result.map(({ then }) => then));
                return script.map((_, i) => hits.has(i));
            },
        };
    },

    async answers({ peer }) {
        const { run, answer = (answered) => answered } = peers[peer];
        const all = [];
        for (let customer = 0; customer < customers; customer += 1) {
            const said = answer(await run(customer));
            all.push(Array.isArray(said) ? said.map(Number).join('') : String(said >>> 0));
        }
        return all;
    },

    async times({ peer, passes, group }) {
        const { run, waits } = peers[peer];
        const times = [];
        for (let pass = 0; pass < passes; pass += 1) {
            for (let first = 0; first < customers; first += group) {
                const start = performance.now();
                if (waits) {
                    for (let i = first; i < first + group; i += 1) await run(i);
                } else {
                    for (let i = first; i < first + group; i += 1) run(i);
                }
                times.push(((performance.now() - start) * 1000) / group);
            }
        }
        return times;
    },

    // What the table is labelled with.
    async versions() {
        const version = (name) =>
            JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
        return [
            `Node.js ${process.versions.node} (V8 ${process.versions.v8})`,
            ...['json-logic-engine', '@gorules/zen-engine'].map((name) => `${name} ${version(name)}`),
        ];
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { what, ...question } = JSON.parse(line);
    const answer = await does[what](question);
    process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
