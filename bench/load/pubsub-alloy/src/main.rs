//! Counts what a subscription tells: pubsub-alloy URL WARM-UP ITEMS
use alloy::providers::{Provider, ProviderBuilder, WsConnect};
use alloy::rpc::types::Filter;
use std::time::Instant;
use tokio::sync::broadcast::error::RecvError;

fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (warm_up, items): (u64, u64) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let provider = ProviderBuilder::new()
        .connect_ws(WsConnect::new(args[1].clone()))
        .await
        .unwrap();
    // Room for the whole stream: what reads the socket runs ahead of this loop without a bound, and a
    // smaller ring would overwrite what was not looked at yet (the default is 16).
    let subscription = provider
        .subscribe_logs(&Filter::new())
        .channel_size((warm_up + items + 1) as usize)
        .await
        .unwrap();
    let mut raw = subscription.into_raw();
    let (mut seen, mut lost, mut cpu) = (0u64, 0u64, 0u64);
    let mut begun = Instant::now();
    loop {
        match raw.recv().await {
            Ok(item) => {
                if item.get() == "\"end\"" {
                    break;
                }
                seen += 1;
                if seen == warm_up {
                    begun = Instant::now();
                    cpu = ticks();
                }
            }
            Err(RecvError::Lagged(missed)) => lost += missed,
            Err(RecvError::Closed) => std::process::exit(1),
        }
    }
    let micros = begun.elapsed().as_micros();
    let counted = seen.saturating_sub(warm_up);
    println!("items {counted} micros {micros} ticks {} lost {}", ticks() - cpu, lost.max(warm_up + items - seen));
}
