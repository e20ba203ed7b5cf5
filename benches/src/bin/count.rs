//! What `run.py` gives to callgrind: `count` alone lists the cells, `count INDEX TIMES` does the
//! work of one so many times. The difference between two runs is the work alone.

use std::env;

use sansio_benches::cell::cells;

fn main() {
    let args: Vec<usize> = env::args().skip(1).map(|arg| arg.parse().unwrap()).collect();
    match args[..] {
        [] => {
            for (index, cell) in cells().iter().enumerate() {
                println!("{index}\t{}\t{}\t{}", cell.table, cell.row, cell.peer);
            }
        }
        [index, times] => {
            (cells()[index].run)(times as u64);
        }
        _ => panic!("count [INDEX TIMES]"),
    }
}
