//! The sheet without a screen: a command opens it, looks at what it says, and confirms it on another word than keys. The rules
//! are the sheet's and the guard's own; nothing here decides anything.

use jiff::Timestamp;

use crate::domain::{Choice, ClusterMark, Refusal, RolloutKey, Step};

use super::{Authority, Check, Context, Effect, Model, NO_DRY_RUN, Stage, decide, sheets};

/// What a command opens a sheet with.
#[derive(Clone, Debug)]
pub struct Opening {
    pub key: RolloutKey,
    pub step: Step,
    pub choice: Choice,
    /// What the open cluster is told by.
    pub cluster: ClusterMark,
    /// The time to put into requests that carry one; `None`: the server's, when it is read.
    pub stamp: Option<Timestamp>,
}

/// How a command confirms.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// `None`: by what is typed, as on the screen.
    pub authority: Option<Authority>,
    /// What was typed, and the word for going on without a dry run.
    pub token: String,
    pub reason: String,
}

/// Opens the sheet.
pub fn open_sheet(context: &Context<'_>, model: &mut Model, opening: Opening) -> Vec<Effect> {
    let Opening {
        key,
        step,
        choice,
        cluster,
        stamp,
    } = opening;
    sheets::open_with(context, model, &key, (step, choice), |sheet| {
        sheet.cluster = Some(cluster);
        sheet.materials.stamp = stamp;
        // Everything is printed; nothing is cut.
        sheet.whole = true;
    })
}

/// True once the plan is there with all that was asked about it, or is refused.
pub fn is_ready(model: &Model) -> bool {
    model.sheet().is_none_or(|sheet| {
        let asking = matches!(sheet.permission, Check::Asking)
            || matches!(sheet.dry_run, Check::Asking)
            || matches!(sheet.record, Check::Asking)
            || matches!(sheet.panes, Check::Asking);
        match sheet.stage {
            Stage::Gathering | Stage::Rechecking => false,
            Stage::Offered | Stage::Armed | Stage::Changed => !asking && sheet.reading.is_empty(),
            Stage::Sent(_) | Stage::Refused(_) => true,
        }
    })
}

/// What speaks against the plan on the sheet, were it confirmed now, with or without the word for going on without a dry run.
///
/// # Errors
///
/// The first rule, in words.
pub fn objection(context: &Context<'_>, model: &Model, no_dry_run: bool) -> Result<(), Refusal> {
    decide::objection(context, model, if no_dry_run { NO_DRY_RUN } else { "" })
}

/// Sets what is known before the sheet is confirmed: the reason, and the word for going on without a dry run.
pub fn fill_in(model: &mut Model, token: &str, reason: &str) {
    if let Some(sheet) = model.sheet_mut() {
        sheet.token = token.into();
        sheet.reason = reason.into();
    }
}

/// Confirms the open sheet. By typed words it must be armed, as by keys; by a plan's token or `--yes` the guard decides whether
/// that is a confirmation.
pub fn confirm_sheet(context: &Context<'_>, model: &mut Model, confirmation: Confirmation) -> Vec<Effect> {
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    sheet.objection = None;
    sheet.token = confirmation.token.into();
    sheet.reason = confirmation.reason.into();
    sheet.last_key = context.moment;
    let Some(authority) = confirmation.authority else {
        return sheets::confirm(context, model);
    };
    if !matches!(sheet.stage, Stage::Offered | Stage::Armed) {
        return Vec::new();
    }
    sheet.authority = authority;
    sheets::confirmed(context, model)
}
