//! Names for snippets and shell commands whose fences give none.

use super::Lesson;
use super::fence::TargetKind;
use super::snippet::is_name_char;

/// Names every snippet and shell session of a chapter that has no name of its own.
///
/// A snippet gets the chapter's name, without `.md`, and its number among all snippets of the chapter, from 1; a
/// shell session gets `shell` and its number among all shell sessions too.
pub(super) fn name_unnamed(lesson: &mut Lesson, chapter: &str) {
    let plain = chapter.replace(|c| !is_name_char(c), "-");
    let base = match plain.trim_matches(['-', '_']) {
        "" => "page",
        base => base,
    };
    let (mut snippets, mut shells) = (0, 0);
    lesson.each_target(&mut |target| {
        let (count, suffix) = match target.kind {
            Some(TargetKind::Snippet) => (&mut snippets, ""),
            Some(TargetKind::Shell) => (&mut shells, "-shell"),
            Some(TargetKind::Example | TargetKind::Bin) | None => return,
        };
        *count += 1;
        if target.name.is_empty() {
            target.name = format!("{base}{suffix}-{count}");
        }
    });
}
