//! How fast the store is on this machine: `cargo run --release -p store --example speed -- FOLDER`.
//! The folder must be on the disk that is meant, not in memory. Prints medians.
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use domain::{AccountId, Timestamp};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{
    Changes, DeliveryBodyRow, DeliveryRow, MetaRow, Store, StoreConfig, View, Want, WatchRow,
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let folder = std::env::args().nth(1).expect("a folder on the disk to measure");
    let fresh = tempfile::tempdir_in(&folder).expect("a folder in it");
    let store = Store::open(&StoreConfig::Folder(fresh.path().to_owned())).await;
    let store = store.expect("the store opens");
    println!("fdatasync of 4 KiB: {:?} (median)", sync_floor(fresh.path()));
    reads(&store).await;
    watches(&store).await;
    for writers in [1, 16, 64] {
        turns(&store, writers).await;
        deliveries(&store, writers).await;
    }
}

fn sync_floor(folder: &Path) -> Duration {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("floor")).expect("a file");
    let once = |_| {
        let begun = Instant::now();
        file.write_all(&[1; 4096]).and_then(|()| file.sync_data()).expect("written");
        begun.elapsed()
    };
    median((0..200).map(once).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn reads(store: &Store) {
    let mut changes = Changes::of_loop();
    changes.insert(MetaRow { key: "k".to_owned(), value: "v".to_owned() });
    store.commit(changes).await.expect("committed");
    let begun = Instant::now();
    for _ in 0..100_000 {
        let row = store.get::<MetaRow>(MetaRow::at(&"k".to_owned())).await;
        assert!(row.expect("read").is_some());
    }
    println!("point read: {:.2} µs", begun.elapsed().as_secs_f64() * 10.0);
}

async fn watches(store: &Store) {
    let watch = |repository: String| WatchRow {
        account: AccountId::new("000000000000"),
        connection: "c".into(),
        repository: repository.as_str().into(),
        pipeline: "p".into(),
    };
    for upto in [1_000, 100_000] {
        let mut changes = Changes::of_loop();
        let from = if upto == 1_000 { 0 } else { 1_000 };
        (from..upto).for_each(|number| changes.insert(watch(format!("o/r{number}"))));
        store.commit(changes).await.expect("committed");
        let wanted = watch("o/r77".to_owned());
        let mut times = Vec::new();
        for _ in 0..2_000 {
            let begun = Instant::now();
            let query =
                WatchRow::of_repository(&wanted.account, &wanted.connection, &wanted.repository);
            assert_eq!(store.list::<WatchRow>(query).await.expect("read").len(), 1);
            times.push(begun.elapsed());
        }
        println!("who watches, of {upto}: {:?}", median(times));
    }
}

/// A turn as a push takes it: one row read and written, two new ones.
async fn turns(store: &Store, writers: usize) {
    let take = move |store: Store, writer: usize, number: usize| async move {
        let key = MetaRow::at(&format!("line-{writer}"));
        let mut seen = View::new();
        store.load(&[Want::Row(key)], &mut seen).await.expect("read");
        let mut changes = Changes::of_loop();
        let value = number.to_string();
        changes.put(&seen, MetaRow { key: format!("line-{writer}"), value: value.clone() });
        for kind in ["fact", "effect"] {
            let key = format!("{kind}-{writers}-{writer}-{number}");
            changes.insert(MetaRow { key, value: value.clone() });
        }
        store.commit(changes).await.expect("committed");
    };
    measure("turns", store, writers, 4_000, take).await;
}

async fn deliveries(store: &Store, writers: usize) {
    let take = move |store: Store, writer: usize, number: usize| async move {
        let delivery = DeliveryRow {
            account: AccountId::new("000000000000"),
            id: format!("dlv-{writers}-{writer}-{number}").as_str().into(),
            hook: "hook".into(),
            forge_delivery: format!("{writers}-{writer}-{number}"),
            received: Timestamp(number as i64),
            state: store::NEW.to_owned(),
            digest: "0".repeat(64),
            provider: "GitHub".to_owned(),
            event: "push".to_owned(),
            verdict: "signed".to_owned(),
        };
        let body = DeliveryBodyRow {
            account: delivery.account.clone(),
            delivery: delivery.id.clone(),
            received: delivery.received,
            body: vec![b'x'; 8192],
            headers: Default::default(),
        };
        store.receive(delivery, body).await.expect("received");
    };
    measure("deliveries of 8 KiB", store, writers, 4_000, take).await;
}

async fn measure<F: Future<Output = ()> + Send + 'static>(
    what: &str,
    store: &Store,
    writers: usize,
    of: usize,
    take: impl Fn(Store, usize, usize) -> F + Copy + Send + 'static,
) {
    let of = if writers == 1 { of / 4 } else { of };
    let (begun, busy) = (Instant::now(), processor_time());
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let store = store.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            for number in 0..of / writers {
                let begun = Instant::now();
                take(store.clone(), writer, number).await;
                times.push(begun.elapsed());
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    let each = (processor_time() - busy).as_micros() / times.len() as u128;
    let median = median(times);
    println!("{what}, {writers} at once: {rate:.0}/s, median {median:?}, processor {each} µs each");
}

/// What this process used so far, in steps of 10 ms: says more than the clock on a busy machine.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = text.rsplit_once(") ").expect("the command's name in brackets");
    let ticks = |field: usize| fields.split(' ').nth(field).and_then(|ticks| ticks.parse().ok());
    let (user, system): (u64, u64) = (ticks(11).expect("utime"), ticks(12).expect("stime"));
    Duration::from_millis(10 * (user + system))
}
