//! The suggestion after a misspelled name: "did you mean …?".

/// The name that was probably meant: the most similar one, where it is similar enough.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|near| (strsim::normalized_damerau_levenshtein(name, near), near))
        .filter(|&(similarity, _)| similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| near)
}
