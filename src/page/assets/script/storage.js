// What a reader has chosen, on later pages too. A browser may refuse its storage; then nothing is remembered.
function remember(key, value) {
    try {
        localStorage.setItem(key, value);
    } catch {}
}
function remembered(key) {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}
