//! Tells the linker where `link.x` is.

fn main() {
    println!("cargo::rerun-if-changed=link.x");
    println!("cargo::rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
}
