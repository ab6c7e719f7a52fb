/* Saves the file that an address holds, under a name. */
async (name, address) => {
  if (!address) return;
  const blob = await (await fetch(address)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
