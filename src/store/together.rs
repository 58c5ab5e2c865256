//! Answers that arrive at the same moment, as a class gives them, share one transaction.
//!
//! What an answer waits for is the disk. While one group of answers is on its way there, those that come meanwhile wait
//! for their turn; whoever of them has it next takes all the others along. Each is still on disk when its learner hears
//! of it, and an answer that comes alone waits for nobody.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::reviews::{self, Posted};
use super::{Answer, Card, Learner, Recorded, Result, Store};

/// The answers that wait to be recorded.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever is on the way to the disk.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// One of them, and how its asker hears of it.
#[derive(Debug)]
pub(super) struct Waiting {
    posted: Arc<Posted>,
    tell: oneshot::Sender<Recorded>,
}

impl Desk {
    fn put(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    /// All that wait, but for those whose asker has gone.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain(..).filter(|waiting| !waiting.tell.is_closed()).collect()
    }
}

impl Store {
    /// Records an answer and moves its card on; both are on disk when this returns. However often and from wherever the
    /// same turn is posted, one review is recorded. The card was `seen` a moment ago, and its bank is open to the learner.
    ///
    /// # Errors
    /// [`Error::NotFound`](super::Error::NotFound) where there is no such learner or version.
    pub async fn record(
        &self,
        learner: &Learner,
        answer: &Answer,
        seen: &Card,
        now: Timestamp,
    ) -> Result<Recorded> {
        if seen.turn != answer.turn {
            return reviews::settled(&mut *self.reader().await?, learner.id, answer).await;
        }
        let (tell, mut told) = oneshot::channel();
        let posted = Arc::new(Posted { learner: learner.clone(), answer: answer.clone(), now });
        self.desk.put(Waiting { posted: posted.clone(), tell });
        let turn = self.desk.turn.lock().await;
        let mut heard = told.try_recv();
        if heard == Err(TryRecvError::Empty) {
            self.record_waiting().await?;
            heard = told.try_recv();
        }
        drop(turn);
        match heard {
            Ok(recorded) => Ok(recorded),
            // Whoever took it along could not record all of them: each tries by itself, so that one's fault is not
            // another's.
            Err(_) => Ok(self.record_all(&[posted]).await?.remove(0)),
        }
    }

    /// Records all that wait, and tells those who asked. Fails only where one waits alone.
    async fn record_waiting(&self) -> Result<()> {
        let group = self.desk.take();
        let posted: Vec<_> = group.iter().map(|waiting| waiting.posted.clone()).collect();
        match self.record_all(&posted).await {
            Ok(recorded) => {
                for (waiting, recorded) in group.into_iter().zip(recorded) {
                    // Whoever has gone meanwhile finds it in the log.
                    let _ = waiting.tell.send(recorded);
                }
            }
            Err(error) if group.len() == 1 => return Err(error),
            Err(error) => tracing::debug!(%error, answers = group.len(), "a group of answers"),
        }
        Ok(())
    }

    /// Records answers in one transaction: what became of each, in their order.
    async fn record_all(&self, posted: &[Arc<Posted>]) -> Result<Vec<Recorded>> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        let recorded = reviews::record(&mut tx, posted).await?;
        tx.commit().await?;
        Ok(recorded)
    }
}
