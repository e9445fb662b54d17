//! The pictures of the documentation are what the program draws. `UPDATE_SCREENSHOTS=1 cargo test --test suite pictures` writes
//! them anew.

use std::fs;
use std::path::Path;

use flightdeck::ui::svg;

use super::scenes::scene;

#[test]
fn the_pictures_are_what_the_program_draws() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let pictures = [
        ("fleet", "fleet", (120, 36)),
        ("rollout", "rollout_revisions", (120, 36)),
        ("sheet", "sheet_resume", (80, 24)),
        ("menu", "menu", (120, 36)),
        ("undo", "choose_revision", (80, 24)),
    ];
    for (file, name, (width, height)) in pictures {
        let mut story = scene(name).size(width, height);
        let drawn = svg(&story.see(), &story.look.theme);
        let path = folder.join(format!("{file}.svg"));
        if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &drawn).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == drawn,
            "screenshots/{file}.svg is not what is drawn now: UPDATE_SCREENSHOTS=1 cargo test --test suite pictures"
        );
    }
}
