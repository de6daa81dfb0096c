package io.fairlead.bench;

import io.fairlead.net.http.codec.HeadLimits;

/** Request heads as clients send them. */
final class Heads {
  static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 32 * 1024, 16 * 1024, 100);

  /** A command-line client: four fields. */
  static final String CURL =
      "GET /api/items/42 HTTP/1.1\r\n"
          + "Host: shop.example.org\r\n"
          + "User-Agent: curl/8.14.1\r\n"
          + "Accept: */*\r\n"
          + "X-Trace: 4bf92f3577b34da6\r\n\r\n";

  /** A browser: fifteen fields, some of them long. */
  static final String BROWSER =
      "GET /assets/app.js?v=20260101 HTTP/1.1\r\n"
          + "Host: shop.example.org\r\n"
          + "Connection: keep-alive\r\n"
          + "Cache-Control: max-age=0\r\n"
          + "sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n"
          + "sec-ch-ua-mobile: ?0\r\n"
          + "sec-ch-ua-platform: \"Linux\"\r\n"
          + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
          + " Chrome/140.0.0.0 Safari/537.36\r\n"
          + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
          + "Sec-Fetch-Site: same-origin\r\n"
          + "Sec-Fetch-Mode: no-cors\r\n"
          + "Sec-Fetch-Dest: script\r\n"
          + "Referer: https://shop.example.org/catalogue/shoes?page=3\r\n"
          + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
          + "Accept-Language: de-DE,de;q=0.9,en;q=0.8\r\n"
          + "Cookie: session=0b7d5f7e9c1a4a52b0f0d6c7e8a91b23; theme=dark; consent=all\r\n\r\n";

  private Heads() {}
}
