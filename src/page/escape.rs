//! Escapes text for HTML and for mdBook.

/// Escapes text for HTML, in an element or a quoted attribute, and for mdBook, which reads `{{#` everywhere.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    push_escaped(&mut html, text);
    html
}

/// Appends text, escaped like [`escape`].
pub(super) fn push_escaped(html: &mut String, text: &str) {
    let mut at = 0;
    for (here, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'{' => "&#123;",
            _ => continue,
        };
        html.push_str(&text[at..here]);
        html.push_str(escaped);
        at = here + 1;
    }
    html.push_str(&text[at..]);
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("</pre><script>\"&\" {{#include Cargo.toml}}"),
            "&lt;/pre&gt;&lt;script&gt;&quot;&amp;&quot; &#123;&#123;#include Cargo.toml}}"
        );
    }
}
