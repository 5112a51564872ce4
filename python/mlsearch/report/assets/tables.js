// Tables of learned distances, as mlsearch.report.explorer writes them.

/** The square table of a text: float32 [size * size], to each free cell (row) from each. */
async function decodedTable(text, size) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return restoredTable(new Uint8Array(await new Response(stream).arrayBuffer()), size);
}

function restoredTable(bytes, size) {
  const num = size * size;
  const bits = new Int32Array(num);
  for (let i = 0; i < num; i += 1) {
    bits[i] = bytes[i] | (bytes[num + i] << 8) | (bytes[2 * num + i] << 16) | (bytes[3 * num + i] << 24);
  }
  for (let row = 0; row < size; row += 1) {
    for (let column = row + 1; column < size; column += 1) {
      const stored = bits[row * size + column];
      bits[row * size + column] = bits[column * size + row] + ((stored >>> 1) ^ -(stored & 1));
    }
  }
  return new Float32Array(bits.buffer);
}

/** A row of the table as a field: distances to `goal` by cell, NaN on walls. */
function fieldOf(table, maze, goal) {
  const first = maze.place[goal] * maze.free.length;
  const field = new Float32Array(maze.size).fill(NaN);
  maze.free.forEach((cell, place) => { field[cell] = table[first + place]; });
  return field;
}
