//! Every scene as text and styles, kept beside this file. `INSTA_UPDATE=always cargo test --test suite snapshots` writes them anew.

use flightdeck::ui::{Depth, GlyphSet, dump};

use super::scenes::{SCENES, scene};
use crate::support::story::{Story, dressed};

fn kept(name: &str, mut story: Story) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, dump(&story.see())));
}

#[test]
fn every_scene_at_eighty_columns() {
    for (name, make) in SCENES {
        kept(name, make());
    }
}

#[test]
fn wide_terminals_show_more() {
    for name in [
        "fleet",
        "rollout_revisions",
        "rollout_users",
        "rollout_canary",
        "sheet_resume",
        "requests",
    ] {
        kept(&format!("{name}_120x36"), scene(name).size(120, 36));
    }
    kept("rollout_users_250x70", scene("rollout_users").size(250, 70));
    kept("fleet_250x70", scene("fleet").size(250, 70));
}

#[test]
fn without_colours_and_without_unicode_everything_is_still_told() {
    for name in ["fleet", "sheet_pause", "rollout_users"] {
        let mut mono = scene(name);
        mono.look = dressed("dark", Depth::Mono, GlyphSet::Unicode);
        kept(&format!("{name}_mono"), mono);
        let mut ascii = scene(name);
        ascii.look = dressed("dark", Depth::Mono, GlyphSet::Ascii);
        kept(&format!("{name}_ascii"), ascii);
    }
}
