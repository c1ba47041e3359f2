// Takes away what came after Chromium 99 or Safari 16.4 (decision 0027), in a page or in a worker: what leans on it fails in a new browser too.
// Each line: what holds it, and the names. By version in browser-compat-data 8.1.9; what Playwright itself needs in a page stays.
(() => {
  const scope = /** @type {any} */ (globalThis);
  const typed = scope.Uint8Array && Object.getPrototypeOf(scope.Uint8Array.prototype);
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  /** @type {[any, string][]} */
  const newer = [
    [
      scope,
      "Iterator Temporal SuppressedError DisposableStack AsyncDisposableStack Float16Array scheduler requestIdleCallback",
    ],
    [scope, "CloseWatcher URLPattern Sanitizer CookieStore cookieStore Observable StorageBucketManager"],
    [iterator, "map filter take drop flatMap reduce toArray forEach some every find"],
    [scope.Array, "fromAsync"],
    [scope.Array?.prototype, "toSorted toReversed toSpliced with"],
    [typed, "toSorted toReversed with"],
    [scope.ArrayBuffer?.prototype, "resize transfer transferToFixedLength"],
    [scope.Uint8Array, "fromBase64 fromHex"],
    [scope.Uint8Array?.prototype, "toBase64 toHex setFromBase64 setFromHex"],
    [scope.String?.prototype, "isWellFormed toWellFormed"],
    [scope.Object, "groupBy"],
    [scope.Map, "groupBy"],
    [scope.Map?.prototype, "getOrInsert getOrInsertComputed"],
    [scope.WeakMap?.prototype, "getOrInsert getOrInsertComputed"],
    [scope.Set?.prototype, "union intersection difference symmetricDifference isSubsetOf isSupersetOf isDisjointFrom"],
    [scope.Promise, "withResolvers try"],
    [scope.Math, "sumPrecise f16round"],
    [scope.RegExp, "escape"],
    [scope.Error, "isError"],
    [scope.JSON, "rawJSON isRawJSON"],
    [scope.Intl, "DurationFormat"],
    [scope.URL, "canParse parse"],
    [scope.AbortSignal, "timeout any"],
    [scope.AbortSignal?.prototype, "throwIfAborted"],
    [scope.Response, "json"],
    [scope.Response?.prototype, "bytes"],
    [scope.Request?.prototype, "bytes duplex"],
    [scope.Blob?.prototype, "bytes"],
    [scope.ReadableStream, "from"],
    [scope.ReadableStream?.prototype, "values"],
    [scope.SubtleCrypto, "supports"],
    [scope.SubtleCrypto?.prototype, "getPublicKey encapsulateKey encapsulateBits decapsulateKey decapsulateBits"],
    [scope.IDBObjectStore?.prototype, "getAllRecords"],
    [scope.IDBIndex?.prototype, "getAllRecords"],
    [scope.Navigator?.prototype, "storageBuckets userActivation connection"],
    [scope.Document?.prototype, "startViewTransition caretPositionFromPoint"],
    [scope.Element?.prototype, "setHTML setHTMLUnsafe getHTML ariaNotify moveBefore"],
    [scope.HTMLElement?.prototype, "showPopover hidePopover togglePopover popover inert writingSuggestions"],
    [scope.HTMLInputElement?.prototype, "showPicker"],
  ];
  for (const [holder, names] of newer)
    for (const name of names.split(" ")) if (holder && name in holder) delete holder[name];
  if (scope.ReadableStream) delete scope.ReadableStream.prototype[Symbol.asyncIterator];
})();
