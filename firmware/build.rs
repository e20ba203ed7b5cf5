//! Tells the linker where `link.x` is, and the board's part of it.

fn main() {
    let root = env!("CARGO_MANIFEST_DIR");
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    println!("cargo::rerun-if-changed=link.x");
    println!("cargo::rerun-if-changed=boards");
    println!("cargo::rustc-link-search={root}");
    println!("cargo::rustc-link-search={root}/boards/{arch}");
}
