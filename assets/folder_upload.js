// Stands between a chosen or dropped folder and Streamlit's uploader. That one draws itself anew for every file
// that comes or goes, so that hundreds of them freeze the tab: here they are counted before any is sent.
// And of a dropped folder it keeps no paths, which are the names of the classes.
export default function ({ data, setTriggerValue }) {
  const isPicture = (name) => data.endings.some((ending) => name.toLowerCase().endsWith(ending))
  const uploader = (event) => event.target.closest?.('[data-testid="stFileUploaderDropzone"]')
  const ofFolders = (event) => uploader(event)?.querySelector("input[webkitdirectory]")

  const chosen = (event) => {
    if (!ofFolders(event) || !event.target.files) return
    const count = [...event.target.files].filter((file) => isPicture(file.name)).length
    if (count <= data.most) return
    event.stopImmediatePropagation()
    event.target.value = ""
    setTriggerValue("refused", count)
  }

  const dropped = async (event) => {
    if (!ofFolders(event) || event.counted) return
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
    if (!entries.some((entry) => entry.isDirectory)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const zone = uploader(event)
    const found = []
    for (const entry of entries) await walk(entry, found)
    if (found.length > data.most) {
      setTriggerValue("refused", found.length)
      return
    }
    const files = await Promise.all(found.map(fileOf))
    const again = new Event("drop", { bubbles: true, cancelable: true })
    const items = files.map((file) => ({ kind: "file", type: file.type, getAsFile: () => file }))
    Object.defineProperty(again, "dataTransfer", { value: { types: ["Files"], files, items } })
    again.counted = true
    zone.dispatchEvent(again)
  }

  const walk = async (entry, found) => {
    if (!entry.isDirectory) {
      if (isPicture(entry.name)) found.push(entry)
      return
    }
    const reader = entry.createReader()
    while (found.length <= data.counted) {
      const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => [])
      if (!children.length) return // a browser gives some hundred at a time, and none at the end
      for (const child of children) await walk(child, found)
    }
  }

  const fileOf = async (entry) => {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
    Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.replace(/^\//, "") })
    return file
  }

  window.addEventListener("change", chosen, true)
  window.addEventListener("drop", dropped, true)
  return () => {
    window.removeEventListener("change", chosen, true)
    window.removeEventListener("drop", dropped, true)
  }
}
