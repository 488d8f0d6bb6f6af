"""A small LSTM network: one step an event, then a dense layer, then the shares of what comes next."""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np


def begin(key, inputs, hidden, middle, outputs):
    keys = jax.random.split(key, 4)
    drawn = lambda at, rows, columns, gain=1.0: gain * jax.random.normal(keys[at], (rows, columns)) / np.sqrt(rows)
    return {
        "input": drawn(0, inputs, 4 * hidden),
        "recurrent": drawn(1, hidden, 4 * hidden),
        # The forget gate starts open.
        "bias": jnp.zeros(4 * hidden).at[hidden : 2 * hidden].set(1.0),
        "middle": drawn(2, hidden, middle, 1.4),
        "middle_bias": jnp.zeros(middle),
        "output": drawn(3, middle, outputs),
        "output_bias": jnp.zeros(outputs),
    }


def forward(p, x, masks=(1.0, 1.0, 1.0)):
    """Log shares for `x` of shape (events, journeys, inputs); gates stand in the order i, f, g, o."""
    width = p["recurrent"].shape[0]
    driven = (x * masks[0]) @ p["input"] + p["bias"]

    def step(state, given):
        hidden, cell = state
        i, f, g, o = jnp.split(given + hidden @ p["recurrent"], 4, -1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
        return (hidden, cell), hidden

    rest = jnp.zeros((x.shape[1], width))
    _, hidden = jax.lax.scan(step, (rest, rest), driven)
    middle = jax.nn.relu((hidden * masks[1]) @ p["middle"] + p["middle_bias"]) * masks[2]
    return jax.nn.log_softmax(middle @ p["output"] + p["output_bias"])


def loss(p, x, y, weight, key, drop):
    keys = jax.random.split(key, 3)
    widths = (x.shape[2], p["recurrent"].shape[0], p["middle"].shape[1])
    masks = [
        jax.random.bernoulli(k, 1.0 - float(d), (1, x.shape[1], width)) / (1.0 - d)
        for k, d, width in zip(keys, drop, widths)
    ]
    shares = jnp.take_along_axis(forward(p, x, masks), y[..., None], -1)[..., 0]
    return -(shares * weight).sum() / weight.sum()


def batches(journeys, answers, size, lengths, rng=None):
    length = np.array([len(j) for j in journeys])
    order = np.argsort(length + (rng.uniform(0, 6, len(length)) if rng else 0), kind="stable")
    parts = [order[i : i + size] for i in range(0, len(order), size)]
    if rng:
        rng.shuffle(parts)
    for part in parts:
        long = lengths[np.searchsorted(lengths, length[part].max())]
        x = np.zeros((long, size, journeys[0].shape[1]), np.float32)
        y, weight = np.zeros((long, size), np.int32), np.zeros((long, size), np.float32)
        for column, i in enumerate(part):
            x[: length[i], column] = journeys[i]
            known = len(answers[i])
            y[:known, column] = answers[i]
            weight[:known, column] = 1
        yield part, x, y, weight


def train(journeys, answers, outputs, lengths, hidden, middle, epochs, rate, drop, size, decay=1e-3, seed=20260101):
    """Adam with a cosine rate; the mean of the last steps' weights. The scaling of inputs ends in the weights."""
    rng = np.random.default_rng(seed)
    everything = np.concatenate(journeys)
    centre, spread = everything.mean(0), everything.std(0)
    spread[spread < 1e-4] = 1.0
    scaled = [(j - centre) / spread for j in journeys]
    p = begin(jax.random.PRNGKey(seed), scaled[0].shape[1], hidden, middle, outputs)
    first, second, kept = jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p), p

    @jax.jit
    def update(p, first, second, kept, t, x, y, weight, key, rate):
        value, slope = jax.value_and_grad(loss)(p, x, y, weight, key, drop)
        norm = jnp.sqrt(sum((part**2).sum() for part in jax.tree.leaves(slope)))
        slope = jax.tree.map(lambda part: part * jnp.minimum(1.0, 1.0 / norm), slope)
        first = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, first, slope)
        second = jax.tree.map(lambda a, b: 0.99 * a + 0.01 * b * b, second, slope)
        move = lambda w, a, b: w - rate * (a / (1 - 0.9**t) / (jnp.sqrt(b / (1 - 0.99**t)) + 1e-8) + decay * w)
        p = jax.tree.map(move, p, first, second)
        kept = jax.tree.map(lambda a, b: 0.98 * a + 0.02 * b, kept, p)
        return p, first, second, kept, value

    steps, t, key = epochs * -(-len(journeys) // size), 0, jax.random.PRNGKey(seed + 1)
    for epoch in range(epochs):
        values = []
        for _, x, y, weight in batches(scaled, answers, size, lengths, rng):
            t += 1
            key, now = jax.random.split(key)
            pace = rate * min(1.0, t / 30) * 0.5 * (1 + np.cos(np.pi * t / (steps + 1)))
            p, first, second, kept, value = update(p, first, second, kept, float(t), x, y, weight, now, pace)
            values.append(value)
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: loss {np.mean(values):.4f}", flush=True)
    kept = {name: np.asarray(part, np.float64) for name, part in kept.items()}
    kept["input"] = kept["input"] / spread[:, None]
    kept["bias"] = kept["bias"] - centre @ kept["input"]
    return {name: part.astype(np.float32) for name, part in kept.items()}


def shares(p, journeys, lengths, size=64):
    """For each journey, after each event, the share of each thing that may come next."""
    run, found = jax.jit(forward), [None] * len(journeys)
    for part, x, _, _ in batches(journeys, [[]] * len(journeys), size, lengths):
        made = np.exp(np.asarray(run(p, x)))
        for column, i in enumerate(part):
            found[i] = made[: len(journeys[i]), column]
    return found
