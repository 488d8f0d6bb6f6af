//! How long does it take to take in one event, to make a ledger of 400 transactions, and to read variables
//! off it? `cargo bench -p measured --bench variables` prints medians, native; `node variables.mjs FILE.wasm`
//! beside this file prints them for V8, and whether the bits of all variables are the same.
#![expect(clippy::indexing_slicing, reason = "a bench fails by panicking")]

use std::{hint::black_box, time::Instant};

use measured::variables::Work;

fn main() {
    let mut work = Work::default();
    let (all, known) = work.known();
    println!("{all} variables, {known} known; bits {:016x}", work.bits());
    let mut median = |what: &str, rounds: u32, run: &mut dyn FnMut(&mut Work)| {
        let mut times: Vec<f64> = (0..1_000)
            .map(|_| {
                work.restart();
                let start = Instant::now();
                (0..rounds).for_each(|_| run(&mut work));
                start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
            })
            .collect();
        times.sort_unstable_by(f64::total_cmp);
        println!("{what}: {:.0} ns", times[times.len() / 2]);
    };
    median(
        "make an event (to take off the next)",
        100,
        &mut Work::make_event,
    );
    median(
        "make and take in one event, the clock moving with it",
        100,
        &mut Work::take_in,
    );
    median("make the ledger of 400 transactions", 1, &mut |work| {
        _ = black_box(work.build())
    });
    median("read 40 variables", 1, &mut |work| {
        _ = black_box(work.read(40))
    });
    median("read 512 variables", 1, &mut |work| {
        _ = black_box(work.read(512))
    });
    median("make the ledger and read 512", 1, &mut |work| {
        _ = black_box(work.rebuild(512))
    });
}
