//! The tables of README.md: all answers are compared, then each cell is timed. A group is called by
//! its table and its row.

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use sansio_benches::cell::cells;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(100)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .configure_from_args();
    for mut cell in cells() {
        (cell.check)();
        let mut group = criterion.benchmark_group(format!("{}: {}", cell.table, cell.row));
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function(cell.peer, |bencher| {
            bencher.iter_custom(|times| {
                let start = Instant::now();
                (cell.run)(times);
                start.elapsed()
            });
        });
        group.finish();
    }
    criterion.final_summary();
}
