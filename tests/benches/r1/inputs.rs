//! What everybody is given: R1 as files in one folder.

use std::{fs, path::PathBuf};

use serde_json::json;
use tests::{
    measure::{module, target},
    r1::{
        self, Bank, EVENTS, HIDDEN, INPUTS, Numbers, SEED,
        onnx::{self, Trees},
    },
};

use crate::hosts::Take;

/// Everything, in memory and in the folder.
pub struct Inputs {
    pub folder: PathBuf,
    pub bank: Bank,
    pub module: Vec<u8>,
    pub bundles: [Vec<u8>; 2],
    megabyte: Vec<u8>,
    profiles: Vec<Vec<u8>>,
    coming: Vec<u8>,
    forests: Vec<Vec<u8>>,
    network: Vec<u8>,
    events: Vec<u8>,
}

impl Inputs {
    /// Makes R1 and writes it.
    pub fn new() -> Self {
        let folder = target().join("r1/data");
        fs::create_dir_all(&folder).expect("the target folder can be written to");
        let bank = Bank::new();
        let open = r1::open_to_all();
        let coming = r1::coming(&mut Numbers::new(SEED));
        let inputs = Self {
            module: module(),
            bundles: [&bank.body, &open].map(r1::signed),
            megabyte: r1::signed(&r1::megabyte()),
            profiles: bank.customers.iter().map(|c| c.json()).collect(),
            coming: serde_json::to_vec(&coming).unwrap(),
            forests: bank.forests.iter().map(r1::Forest::plain).collect(),
            network: bank.network.plain(),
            events: bytes(bank.network.events.iter().flatten().copied()),
            folder,
            bank,
        };
        inputs.write();
        inputs
    }

    /// Hands everything to a host, in the order that it is needed in.
    pub fn give(&self, take: &mut dyn FnMut(&[u8], Take)) {
        for bundle in &self.bundles {
            take(bundle, Take::Bundle);
        }
        take(&self.megabyte, Take::Megabyte);
        for (profile, customer) in self.profiles.iter().zip(&self.bank.customers) {
            take(profile, Take::Profile(customer.at.seconds()));
        }
        take(&self.coming, Take::Coming);
        take(&self.events, Take::Events(INPUTS));
        take(&self.network, Take::Network(INPUTS, HIDDEN));
        for forest in &self.forests {
            take(forest, Take::Forest);
        }
    }

    fn write(&self) {
        let write = |name: &str, bytes: &[u8]| {
            fs::write(self.folder.join(name), bytes).expect("the target folder can be written to");
        };
        let all = |what: &str, files: &[Vec<u8>]| -> Vec<String> {
            let names: Vec<_> = (0..files.len()).map(|i| format!("{what}-{i}")).collect();
            names
                .iter()
                .zip(files)
                .for_each(|(name, file)| write(name, file));
            names
        };
        write("module.wasm", &self.module);
        write("megabyte", &self.megabyte);
        write("coming.json", &self.coming);
        write("events", &self.events);
        write("network", &self.network);
        let rows = self.bank.values.iter().flatten();
        write("rows", &bytes(rows.map(|value| *value as f32)));
        let ways = [
            ("regressors", Trees::Regressors),
            ("one", Trees::OneRegressor),
            ("classifiers", Trees::Classifiers),
        ];
        for (name, how) in ways {
            write(
                &format!("trees-{name}.onnx"),
                &onnx::trees(&self.bank.forests, how),
            );
        }
        for (name, events) in [("event", 1), ("sequence", EVENTS)] {
            let file = onnx::network(&self.bank.network, events);
            write(&format!("lstm-{name}.onnx"), &file);
        }
        let profiles = all("profile", &self.profiles);
        let profiles = profiles.iter().zip(&self.bank.customers);
        let manifest = json!({
            "bundles": all("bundle", &self.bundles),
            "profiles": profiles
                .map(|(name, customer)| json!({ "name": name, "at": customer.at.seconds() }))
                .collect::<Vec<_>>(),
            "forests": all("forest", &self.forests),
            "trees": { "regressors": "trees-regressors.onnx", "one": "trees-one.onnx" },
        });
        write("manifest.json", manifest.to_string().as_bytes());
    }
}

fn bytes(numbers: impl Iterator<Item = f32>) -> Vec<u8> {
    numbers.flat_map(f32::to_le_bytes).collect()
}
