// Offline: the shell of the page, and the last answers, each with the time it was saved.
"use strict";
const SHELL = [/* shell */];
const SHELF = "shell-" + SHELL.join().replace(/\W+/g, "");
const ANSWERS = "answers";
const KEPT = 20;

self.addEventListener("install", (event) => event.waitUntil(
  caches.open(SHELF).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()),
));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== SHELF && name !== ANSWERS) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (request.mode === "navigate" && /^\/($|s$|about$|offline$|p\/|stores\/)/.test(url.pathname)) {
    event.respondWith(answer(event));
  }
});

async function answer(event) {
  let fresh;
  try { fresh = await fetch(event.request); } catch { return saved(event.request); }
  // Beside the way: an answer that cannot be kept is shown all the same.
  if (fresh.ok) event.waitUntil(keep(event.request, fresh.clone()));
  return fresh;
}

async function keep(request, answer) {
  const html = await answer.text();
  const marked = html.replace("<html ", `<html data-saved="${new Date().toISOString()}" `);
  const cache = await caches.open(ANSWERS);
  await cache.put(request, new Response(marked, { headers: answer.headers }));
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - KEPT))) await cache.delete(old);
}

async function saved(request) {
  const known = await (await caches.open(ANSWERS)).match(request);
  if (known) return known;
  const shell = await caches.open(SHELF), lang = new URL(request.url).searchParams.get("lang");
  return (await shell.match(`/offline?lang=${lang}`)) || (await shell.match("/offline")) || Response.error();
}
