/** Text out of the page: the clipboard, or a file. */

/** Copy; without the clipboard API (plain http on another machine) by way of a selection. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.cssText = "position:fixed;opacity:0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export function download(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  // Firefox takes saving for framing, which TensorBoard's policy forbids its frames; its own page may save.
  const page = frameElement?.ownerDocument ?? document;
  const anchor = Object.assign(page.createElement("a"), { href: address, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the download reads it later
}
