//! Places at hosts: so many may wait for one and the same host at once, and who waits for another is
//! not held up by them; so many at all hosts together, however many of them hang. First come, first
//! served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places at each host. A host is known as long as somebody has or wants a place there.
pub struct Places {
    each: usize,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
    together: Arc<Semaphore>,
}

/// A place at a host; it is free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    _at_the_host: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Places {
    /// So many at each host, and so many at all of them together.
    pub fn new(each: usize, together: usize) -> Self {
        Self { each, hosts: Mutex::default(), together: Arc::new(Semaphore::new(together)) }
    }

    /// Waits for a place at a host. Who waits for it there takes none of those of all.
    pub async fn at(&self, host: &str) -> Place {
        const OPEN: &str = "nobody closes it";
        let at_the_host = self.of(host).acquire_owned().await.expect(OPEN);
        let of_all = self.together.clone().acquire_owned().await.expect(OPEN);
        Place { _at_the_host: at_the_host, _of_all: of_all }
    }

    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.get(host).and_then(Weak::upgrade) {
            return known;
        }
        hosts.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(self.each));
        hosts.insert(host.to_owned(), Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::yield_now;

    #[tokio::test]
    async fn a_host_whose_places_are_taken_is_in_nobody_elses_way() {
        let places = Arc::new(Places::new(2, 9));
        let taken = (places.at("slow.example").await, places.at("slow.example").await);
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { drop(places.at("slow.example").await) }
        });
        yield_now().await;
        drop(places.at("well.example").await);
        assert!(!waiting.is_finished());
        drop(taken);
        waiting.await.expect("it has its place in the end");
        drop(places.at("another.example").await);
        let hosts = places.hosts.lock().expect("whole");
        assert_eq!(hosts.len(), 1, "who is done with is forgotten: {:?}", hosts.keys());
    }

    #[tokio::test]
    async fn many_hosts_that_hang_have_so_many_places_together() {
        let places = Arc::new(Places::new(2, 3));
        let mut taken = Vec::new();
        for host in ["a.example", "a.example", "b.example"] {
            taken.push(places.at(host).await);
        }
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { drop(places.at("c.example").await) }
        });
        yield_now().await;
        assert!(!waiting.is_finished(), "none is left, at whatever host");
        drop(taken.pop());
        waiting.await.expect("it has its place as soon as one is free");
    }
}
