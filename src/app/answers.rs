//! What came back for the open sheet beside what its plan is made of: rights, record, panes, the dry run. Each is kept and
//! shown; the guard decides what it means.

use crate::domain::Untrusted;

use super::source::right;
use super::{AccessQuestion, Check, Context, DryRun, MessageTone, Model, Once, Panes, Permission, RequestId};

/// The answer on the right of the open sheet.
pub(super) fn permission(model: &mut Model, question: &AccessQuestion, permission: Permission) {
    if let Some(sheet) = model
        .sheet_mut()
        .filter(|sheet| right(&sheet.key, sheet.step) == *question)
    {
        sheet.permission = Check::Got(permission);
    }
}

/// Whether the record can be written, or what is wrong with it.
pub(super) fn record(model: &mut Model, problem: Option<Untrusted>) {
    if let Some(sheet) = model.sheet_mut() {
        sheet.record = Check::Got(problem);
    }
}

/// Whether keys go to other panes, too. That nobody knows is told once, and refuses nothing.
pub(super) fn panes(context: &Context<'_>, model: &mut Model, panes: Panes) {
    if let Panes::Unknown { why } = &panes
        && model.told_once.insert(Once::PanesUnknown)
    {
        let text = format!(
            "whether tmux types into other panes as well is not known ({why}); look at synchronize-panes before you confirm"
        );
        model.tell(context.now, MessageTone::Info, text);
    }
    if let Some(sheet) = model.sheet_mut() {
        // Nothing is offered that would be refused.
        if panes == Panes::Synchronized {
            sheet.refuse(super::guard::synchronized());
        }
        sheet.panes = Check::Got(panes);
    }
}

/// The dry run's answer. One that belongs to an older plan is dropped.
pub(super) fn dry_run(context: &Context<'_>, model: &mut Model, id: RequestId, mut dry_run: DryRun) {
    let Some(sheet) = model.sheet_mut().filter(|sheet| sheet.dry_run_id == Some(id)) else {
        return;
    };
    if let (DryRun::Accepted { object, also, .. }, Some(plan)) = (&mut dry_run, &sheet.plan)
        && let Some(object) = object.take()
    {
        *also = context.planner.also(plan, &sheet.materials, &object);
        sheet.expected = Some(object);
    }
    sheet.dry_run = Check::Got(dry_run);
}
