/** The entry of the plugin: the host imports this module and calls render() once. */
export function render(): void {
  document.body.textContent = "";
}
