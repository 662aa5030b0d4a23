use std::thread;

fn foo() -> u32 {
    42
}

fn bar() -> u32 {
    panic!("bar has had enough");
}

fn main() {
    let first = thread::spawn(foo);
    let second = thread::spawn(bar);
    println!("main: foo returned {:?}", first.join());
    println!("main: bar returned {:?}", second.join()); // (1)!
}
