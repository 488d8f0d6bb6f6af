// The side of the bench that runs in JavaScript, in Node.js and in the page alike. `start` reads what the bench
// wrote, by `load`, and gives what answers questions: numbers that each peer comes to, or how long it took
// (µs for one customer).
const INPUTS = 32;
const HIDDEN = 64;

export async function start(load, ort) {
    const manifest = JSON.parse(new TextDecoder().decode(await load('manifest.json')));
    const { instance } = await WebAssembly.instantiate(await load('module.wasm'), {});
    const engine = instance.exports;
    const give = (input, take) => {
        const room = engine.r1_room(input.length);
        new Uint8Array(engine.memory.buffer, room, input.length).set(input);
        take();
    };
    for (const name of manifest.bundles) give(await load(name), engine.r1_take_bundle);
    give(await load('megabyte'), engine.r1_take_megabyte);
    for (const { name, at } of manifest.profiles) {
        give(await load(name), () => engine.r1_take_profile(at));
    }
    give(await load('coming.json'), engine.r1_take_coming);
    const events = await load('events');
    give(events, () => engine.r1_take_events(INPUTS));
    const network = await load('network');
    give(network, () => engine.r1_take_network(INPUTS, HIDDEN));
    const forests = [];
    for (const name of manifest.forests) {
        const forest = await load(name);
        give(forest, engine.r1_take_forest);
        forests.push(forest);
    }
    const rows = floats(await load('rows'));
    const width = rows.length / manifest.profiles.length;
    const customers = Array.from({ length: manifest.profiles.length }, (_, i) =>
        rows.slice(i * width, (i + 1) * width),
    );

    const peers = {
        // The engine, by the number of a task.
        engine: {
            prepare: () => engine.r1_prepare(),
            run: (task, first, rounds) => engine.r1_run(task, first, rounds),
            answer(task, customer) {
                const at = engine.r1_answer(task, customer);
                const [count] = new Float64Array(engine.memory.buffer, at, 1);
                return [...new Float64Array(engine.memory.buffer, at + 8, count)];
            },
        },
        'script trees': plainTrees(forests, customers),
        'script sequence': plainSequence(floats(network), floats(events)),
    };
    if (ort) Object.assign(peers, await runtimes(ort, load, manifest.trees, customers, floats(events)));

    const does = {
        answer: ({ peer, task, customer }) => peers[peer].answer(task, customer),
        async times({ peer, task, first, rounds, samples }) {
            const { prepare, run } = peers[peer];
            const times = [];
            for (let sample = 0; sample < samples; sample += 1) {
                prepare?.();
                const start = performance.now();
                const waits = run(task, first + sample * rounds, rounds);
                if (waits) await waits;
                times.push(((performance.now() - start) * 1000) / rounds);
            }
            return times;
        },
    };
    return ({ what, ...question }) => does[what](question);
}

const floats = (bytes) => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

// Trees as one would write them by hand, over arrays of numbers.
function plainTrees(forests, customers) {
    const models = forests.map((bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        let at = 0;
        const word = () => view.getUint32((at += 4) - 4, true);
        return Array.from({ length: word() }, () => {
            const count = word();
            const number = new Float32Array(count);
            const [input, below, other, missing] = [0, 1, 2, 3].map(() => new Uint32Array(count));
            for (let i = 0; i < count; i += 1) {
                input[i] = word();
                number[i] = view.getFloat32((at += 4) - 4, true);
                below[i] = word();
                other[i] = word();
                missing[i] = word();
            }
            return { input, number, below, other, missing };
        });
    });
    const scores = new Float64Array(models.length);
    const score = (row) => {
        for (let model = 0; model < models.length; model += 1) {
            const trees = models[model];
            let sum = 0;
            for (let tree = 0; tree < trees.length; tree += 1) {
                const { input, number, below, other, missing } = trees[tree];
                let node = 0;
                while (below[node] !== 0) {
                    const value = row[input[node]];
                    if (value !== value) node = missing[node];
                    else node = value < number[node] ? below[node] : other[node];
                }
                sum = Math.fround(sum + number[node]);
            }
            scores[model] = 1 / (1 + Math.exp(-sum));
        }
    };
    return {
        run(_, first, rounds) {
            for (let i = first; i < first + rounds; i += 1) score(customers[i % customers.length]);
        },
        answer: (_, customer) => (score(customers[customer]), [...scores]),
    };
}

// The LSTM likewise.
function plainSequence(weights, events) {
    const gates = 4 * HIDDEN;
    const ofInput = weights.subarray(0, gates * INPUTS);
    const ofState = weights.subarray(gates * INPUTS, gates * (INPUTS + HIDDEN));
    const bias = weights.subarray(gates * (INPUTS + HIDDEN));
    const [hidden, cell, sums] = [HIDDEN, HIDDEN, gates].map((count) => new Float32Array(count));
    const soft = (x) => 1 / (1 + Math.exp(-x));
    const run = () => {
        hidden.fill(0);
        cell.fill(0);
        for (let event = 0; event < events.length; event += INPUTS) {
            for (let gate = 0; gate < gates; gate += 1) {
                let sum = bias[gate] + bias[gates + gate];
                for (let i = 0; i < INPUTS; i += 1) sum += ofInput[gate * INPUTS + i] * events[event + i];
                for (let i = 0; i < HIDDEN; i += 1) sum += ofState[gate * HIDDEN + i] * hidden[i];
                sums[gate] = sum;
            }
            for (let i = 0; i < HIDDEN; i += 1) {
                cell[i] =
                    soft(sums[2 * HIDDEN + i]) * cell[i] + soft(sums[i]) * Math.tanh(sums[3 * HIDDEN + i]);
                hidden[i] = soft(sums[HIDDEN + i]) * Math.tanh(cell[i]);
            }
        }
    };
    return {
        run(_, first, rounds) {
            for (let i = 0; i < rounds; i += 1) run();
        },
        answer: () => (run(), [...hidden]),
    };
}

// ONNX Runtime, by its JavaScript interface; `ort` has the module under a name, and how to open sessions.
async function runtimes({ name, module, options }, load, trees, customers, events) {
    const { InferenceSession, Tensor } = module;
    const open = async (file) => InferenceSession.create(await load(file), options);
    const tensor = (numbers, shape) => new Tensor('float32', Float32Array.from(numbers), shape);
    const peers = {};
    const rows = customers.map((row) => ({ row: tensor(row, [1, row.length]) }));
    for (const [how, file] of Object.entries(trees)) {
        const session = await open(file);
        peers[`${name} trees ${how}`] = {
            async run(_, first, rounds) {
                for (let i = first; i < first + rounds; i += 1) await session.run(rows[i % rows.length]);
            },
            answer: async (_, customer) => [...(await session.run(rows[customer])).scores.data],
        };
    }
    const nothing = () => tensor(new Float32Array(HIDDEN), [1, 1, HIDDEN]);
    for (const [how, count] of [['event', 1], ['sequence', events.length / INPUTS]]) {
        const session = await open(`lstm-${how}.onnx`);
        const given = tensor(events.subarray(0, count * INPUTS), [count, 1, INPUTS]);
        let state = { hidden: nothing(), cell: nothing() };
        const step = async () => {
            const after = await session.run({ events: given, ...state });
            // A sequence begins anew, an event goes on.
            if (count === 1) state = { hidden: after.hidden_after, cell: after.cell_after };
            return after.hidden_after.data;
        };
        peers[`${name} ${how}`] = {
            prepare() {
                state = { hidden: nothing(), cell: nothing() };
            },
            async run(_, first, rounds) {
                for (let i = 0; i < rounds; i += 1) await step();
            },
            async answer() {
                this.prepare();
                return [...(await step())];
            },
        };
    }
    return peers;
}
