// The packing station without a connection: keeps its page and its files, nothing else. Orders are kept by the page.
"use strict";
const CACHE = "packing-{{ version }}";
const FILES = {{ files | safe }};

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES);
    await keep(cache, await fetch("/packing", { cache: "reload", credentials: "same-origin" }));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("packing-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const asked = new URL(event.request.url);
  if (event.request.method !== "GET" || asked.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && asked.pathname === "/packing") event.respondWith(page(event.request));
  else if (FILES.includes(asked.pathname)) event.respondWith(file(event.request));
});

// The newest page while there is a connection: only that tells who is signed in.
async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request, { signal: within(5000) }); // a network that leads nowhere is none
    await keep(cache, answer.clone());
    return answer;
  } catch (failed) {
    const kept = await cache.match("/packing");
    if (kept) return kept;
    throw failed;
  }
}

function within(ms) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), ms);
  return stop.signal;
}

async function file(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

async function keep(cache, answer) {
  if (answer.ok && !answer.redirected) await cache.put("/packing", answer);
}
