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
  } else if (request.mode === "navigate" && /^\/($|s$|p\/|stores\/)/.test(url.pathname)) {
    event.respondWith(fetch(request).then((answer) => keep(request, answer), () => saved(request)));
  }
});

async function keep(request, answer) {
  if (answer.ok) {
    const html = await answer.clone().text();
    const marked = html.replace("<html ", `<html data-saved="${new Date().toISOString()}" `);
    const cache = await caches.open(ANSWERS);
    await cache.put(request, new Response(marked, { headers: answer.headers }));
    const kept = await cache.keys();
    for (const old of kept.slice(0, Math.max(0, kept.length - KEPT))) await cache.delete(old);
  }
  return answer;
}

async function saved(request) {
  return (await (await caches.open(ANSWERS)).match(request)) || (await caches.match("/offline")) || Response.error();
}
