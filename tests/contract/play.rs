//! Playing cases in a world, several at a time.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use futures::{FutureExt as _, StreamExt as _};

use super::{Lab, Place, cases, with_cases};

/// One of the list.
pub(crate) type Case = (&'static str, for<'a> fn(&'a Place) -> LocalBoxFuture<'a, ()>);

macro_rules! all_cases {
    ($($topic:ident: [$($case:ident,)*],)*) => {
        /// The list: topic and name, and what is done.
        pub(crate) const CASES: &[Case] = &[
            $($((concat!(stringify!($topic), "::", stringify!($case)), |at| {
                cases::$topic::$case(at).boxed_local()
            }),)*)*
        ];
    };
}

with_cases!(all_cases);

/// What each case said: nothing when it held.
pub(crate) type Told = BTreeMap<&'static str, Option<String>>;

/// Plays them, so many at a time, each in a namespace of its own.
pub(crate) async fn play(lab: Arc<dyn Lab>, cases: &[Case], at_once: usize) -> Told {
    let told = futures::stream::iter(cases.iter().copied()).map(|(name, run)| {
        let lab = Arc::clone(&lab);
        async move {
            let place = Place::make(lab).await;
            let ended = AssertUnwindSafe(run(&place)).catch_unwind().await;
            place.leave().await;
            let why = ended.err().map(|why| {
                let text = why.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| why.downcast_ref::<&str>().copied());
                text.unwrap_or("it ended without a word").to_owned()
            });
            (name, why)
        }
    });
    told.buffer_unordered(at_once).collect().await
}
