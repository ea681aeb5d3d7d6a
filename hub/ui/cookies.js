// What a browser remembers of its visitor's choices for a year, each a cookie; where cookies are blocked, nothing.
window.vernissageCookies = {
  read: (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1),
  write(name, value) {
    // Inside another site's frame, as on a Space, a browser keeps cookies of this kind only.
    const framed = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
    document.cookie = `${name}=${value}; Max-Age=31536000; Path=/; ${framed}`;
  },
};
// Who took the tour, or agreed to vote, is offered no tour.
document.documentElement.classList.toggle(
  "vs-first-visit", !["vernissage_tour", "vernissage_consent"].some(window.vernissageCookies.read),
);
