// The switch of the page's language: a cookie, which every later request and event brings, and the page anew.
// Inside another site's frame, as on a Space, a browser keeps cookies of this kind only.
element.querySelector("select").addEventListener("change", (event) => {
  const framed = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
  document.cookie = `vernissage_language=${event.target.value}; Max-Age=31536000; Path=/; ${framed}`;
  location.reload();
});
