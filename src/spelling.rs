//! Suggestions for misspelled names: "did you mean …?".

/// The known name that is most similar to a misspelled one; `None`: none is similar enough.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| {
            let similarity = strsim::normalized_damerau_levenshtein(name, candidate);
            (similarity, candidate)
        })
        .filter(|&(similarity, _)| similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, nearest)| nearest)
}
