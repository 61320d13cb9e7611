// Streamlit's page takes on another theme by itself and tells its server no sooner than of the next press. What
// the server drew for the old one, charts and quiet words, could hardly be read until then.
export default function ({ setTriggerValue }) {
  const page = document.querySelector('[data-testid="stApp"]')
  const scheme = () => getComputedStyle(page).colorScheme
  let drawn = scheme()
  const watcher = new MutationObserver(() => {
    if (scheme() === drawn) return
    drawn = scheme()
    setTriggerValue("changed", drawn)
  })
  watcher.observe(page, { attributes: true, attributeFilter: ["class"] })
  return () => watcher.disconnect()
}
