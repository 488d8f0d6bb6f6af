//! The work as raw exports: numbers and memory.
#![expect(unsafe_code, reason = "an export has a name that must be alone")]

use std::cell::RefCell;

use crate::{Work, r1, variables};

thread_local! {
    static WORK: RefCell<Work> = RefCell::default();
    static VARIABLES: RefCell<variables::Work> = RefCell::default();
    static R1: RefCell<r1::Work> = RefCell::default();
}

fn with<T>(run: impl FnOnce(&mut Work) -> T) -> T {
    WORK.with_borrow_mut(run)
}

#[unsafe(no_mangle)]
extern "C" fn room(bytes: usize) -> *mut u8 {
    with(|work| work.room(bytes).as_mut_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn take_conditions() {
    with(Work::take_conditions);
}

#[unsafe(no_mangle)]
extern "C" fn take_customer(variables: usize) {
    with(|work| work.take_customer(variables));
}

#[unsafe(no_mangle)]
extern "C" fn take_bundle() {
    with(Work::take_bundle);
}

#[unsafe(no_mangle)]
extern "C" fn take_profile(at: i64) {
    with(|work| work.take_profile(at));
}

/// Where the answers lie, a byte each.
#[unsafe(no_mangle)]
extern "C" fn holds(customer: usize) -> *const bool {
    with(|work| work.holds(customer).as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn decide(bundle: usize, customer: usize) -> u32 {
    with(|work| work.decide(bundle, customer))
}

#[unsafe(no_mangle)]
extern "C" fn variables_bits() -> u64 {
    VARIABLES.with_borrow_mut(variables::Work::bits)
}

#[unsafe(no_mangle)]
extern "C" fn variables_restart() {
    VARIABLES.with_borrow_mut(variables::Work::restart);
}

#[unsafe(no_mangle)]
extern "C" fn variables_make_events(rounds: usize) {
    VARIABLES.with_borrow_mut(|work| (0..rounds).for_each(|_| work.make_event()));
}

#[unsafe(no_mangle)]
extern "C" fn variables_take_in(rounds: usize) {
    VARIABLES.with_borrow_mut(|work| (0..rounds).for_each(|_| work.take_in()));
}

#[unsafe(no_mangle)]
extern "C" fn variables_build(rounds: usize) -> usize {
    VARIABLES.with_borrow_mut(|work| (0..rounds).map(|_| work.build()).sum())
}

#[unsafe(no_mangle)]
extern "C" fn variables_read(count: usize, rounds: usize) -> f64 {
    VARIABLES.with_borrow_mut(|work| (0..rounds).map(|_| work.read(count)).sum())
}

#[unsafe(no_mangle)]
extern "C" fn variables_rebuild(count: usize, rounds: usize) -> f64 {
    VARIABLES.with_borrow_mut(|work| (0..rounds).map(|_| work.rebuild(count)).sum())
}

#[unsafe(no_mangle)]
extern "C" fn r1_room(bytes: usize) -> *mut u8 {
    R1.with_borrow_mut(|work| work.room(bytes).as_mut_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_bundle() {
    R1.with_borrow_mut(r1::Work::take_bundle);
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_megabyte() {
    R1.with_borrow_mut(r1::Work::take_megabyte);
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_profile(at: f64) {
    R1.with_borrow_mut(|work| work.take_profile(at as i64));
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_coming() {
    R1.with_borrow_mut(r1::Work::take_coming);
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_forest() {
    R1.with_borrow_mut(r1::Work::take_forest);
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_network(inputs: usize, hidden: usize) {
    R1.with_borrow_mut(|work| work.take_network(inputs, hidden));
}

#[unsafe(no_mangle)]
extern "C" fn r1_take_events(inputs: usize) {
    R1.with_borrow_mut(|work| work.take_events(inputs));
}

#[unsafe(no_mangle)]
extern "C" fn r1_prepare() {
    R1.with_borrow_mut(r1::Work::prepare);
}

#[unsafe(no_mangle)]
extern "C" fn r1_run(task: usize, first: usize, rounds: usize) {
    R1.with_borrow_mut(|work| work.run(r1::Task::ALL[task], first, rounds));
}

/// Where the answer lies: how many numbers, then the numbers, in 64 bits.
#[unsafe(no_mangle)]
extern "C" fn r1_answer(task: usize, customer: usize) -> *const f64 {
    R1.with_borrow_mut(|work| work.counted(r1::Task::ALL[task], customer).as_ptr())
}
