//! The floor: models as one would write them down without a thought for speed, over the numbers of
//! `tests::r1`.

/// Trees of nodes that name their children.
#[derive(Default)]
pub struct Forest {
    trees: Vec<Vec<Node>>,
}

struct Node {
    input: usize,
    /// The threshold, or the leaf's value.
    number: f32,
    below: usize,
    other: usize,
    missing: usize,
}

impl Forest {
    /// Reads a model: see `tests::r1::Forest::plain`.
    pub fn read(bytes: &[u8]) -> Self {
        let mut words = bytes.as_chunks::<4>().0.iter().copied();
        let mut word = || words.next().expect("the model is whole");
        let count = |word: [u8; 4]| u32::from_le_bytes(word) as usize;
        let trees = (0..count(word())).map(|_| {
            let nodes = (0..count(word())).map(|_| Node {
                input: count(word()),
                number: f32::from_le_bytes(word()),
                below: count(word()),
                other: count(word()),
                missing: count(word()),
            });
            nodes.collect()
        });
        Self {
            trees: trees.collect(),
        }
    }

    /// The score of a row.
    pub fn score(&self, row: &[f64]) -> f64 {
        let mut sum = 0.0_f32;
        for tree in &self.trees {
            let mut node = &tree[0];
            while node.below != 0 {
                let value = row[node.input] as f32;
                let next = if value.is_nan() {
                    node.missing
                } else if value < node.number {
                    node.below
                } else {
                    node.other
                };
                node = &tree[next];
            }
            sum += node.number;
        }
        1.0 / (1.0 + (-f64::from(sum)).exp())
    }
}

/// An LSTM of rows of weights.
#[derive(Default)]
pub struct Network {
    of_input: Vec<Vec<f32>>,
    of_state: Vec<Vec<f32>>,
    input_bias: Vec<f32>,
    state_bias: Vec<f32>,
    gates: Vec<f32>,
    /// What the cells say after the sequence.
    pub hidden: Vec<f32>,
    cell: Vec<f32>,
}

impl Network {
    /// Reads weights: see `tests::r1::Network::plain`.
    pub fn read(bytes: &[u8], inputs: usize, hidden: usize) -> Self {
        let mut numbers = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes);
        let mut row = |count: usize| numbers.by_ref().take(count).collect::<Vec<f32>>();
        let gates = 4 * hidden;
        Self {
            of_input: (0..gates).map(|_| row(inputs)).collect(),
            of_state: (0..gates).map(|_| row(hidden)).collect(),
            input_bias: row(gates),
            state_bias: row(gates),
            gates: vec![0.0; gates],
            hidden: vec![0.0; hidden],
            cell: vec![0.0; hidden],
        }
    }

    /// Reads a sequence from its beginning.
    pub fn run(&mut self, events: &[Vec<f32>]) {
        self.hidden.fill(0.0);
        self.cell.fill(0.0);
        for event in events {
            self.step(event);
        }
    }

    fn step(&mut self, event: &[f32]) {
        for (i, gate) in self.gates.iter_mut().enumerate() {
            let mut sum = self.input_bias[i] + self.state_bias[i];
            for (weight, x) in self.of_input[i].iter().zip(event) {
                sum += weight * x;
            }
            for (weight, x) in self.of_state[i].iter().zip(&self.hidden) {
                sum += weight * x;
            }
            *gate = sum;
        }
        let count = self.hidden.len();
        let soft = |x: f32| 1.0 / (1.0 + (-x).exp());
        for i in 0..count {
            let gate = |gate: usize| self.gates[gate * count + i];
            self.cell[i] = soft(gate(2)) * self.cell[i] + soft(gate(0)) * gate(3).tanh();
            self.hidden[i] = soft(gate(1)) * self.cell[i].tanh();
        }
    }
}
