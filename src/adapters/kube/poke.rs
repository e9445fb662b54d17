//! A word to every watch of a source at once. It carries no answer: what comes of it is heard from the watches.

use tokio::sync::watch;

/// Makes every watch drop its connection.
#[derive(Clone, Debug)]
pub struct Poke(watch::Sender<Count>);

/// The watches' end of a [`Poke`].
#[derive(Clone, Debug)]
pub struct Poked {
    counts: watch::Receiver<Count>,
    /// Lists that were asked for before, so that none is lost between two pokes of different kinds.
    lists: u64,
}

/// What the watches are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    ListAgain,
    /// Go on from where they are, over a new connection.
    Reconnect,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    lists: u64,
    reconnects: u64,
}

impl Default for Poke {
    fn default() -> Self {
        Self(watch::Sender::new(Count::default()))
    }
}

impl Poke {
    /// List again, at once: after sleep, or when the user asks.
    pub fn all(&self) {
        self.0
            .send_modify(|count| count.lists = count.lists.wrapping_add(1));
    }

    /// Prove that the connections are alive, without listing anything.
    pub fn reconnect(&self) {
        self.0
            .send_modify(|count| count.reconnects = count.reconnects.wrapping_add(1));
    }

    /// An end for one watch.
    pub fn listen(&self) -> Poked {
        let counts = self.0.subscribe();
        let lists = counts.borrow().lists;
        Poked { counts, lists }
    }
}

impl Poked {
    pub(super) async fn wait(&mut self) -> How {
        if self.counts.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let lists = self.counts.borrow_and_update().lists;
        if std::mem::replace(&mut self.lists, lists) == lists {
            How::Reconnect
        } else {
            How::ListAgain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_that_was_asked_for_is_not_lost_in_a_reconnect() {
        let poke = Poke::default();
        let mut poked = poke.listen();
        poke.all();
        poke.reconnect();
        assert_eq!(poked.wait().await, How::ListAgain);
        poke.reconnect();
        assert_eq!(poked.wait().await, How::Reconnect);
    }
}
