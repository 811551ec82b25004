/** A store of this browser's IndexedDB: the only one of its database, made where there is none yet. */
export interface Store {
  readonly database: string;
  readonly store: string;
}

/** Works on a store in one transaction, and closes its database after it. */
export async function within<T>(
  place: Store,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await open(place);
  try {
    return await act(database.transaction(place.store, mode).objectStore(place.store));
  } finally {
    database.close();
  }
}

/** What a request comes to. */
export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser keeps no data for this page."));
  });
}

function open({ database, store }: Store): Promise<IDBDatabase> {
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  return settled(request);
}
