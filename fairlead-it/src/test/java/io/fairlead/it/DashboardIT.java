package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in a real browser: logging in, seeing, acting, and not being allowed to. */
class DashboardIT {
  private static final String VIEWER = "x83vEjRWeJCrze8SNFZ4kKvN";
  private static final int TRANSFER_MAX = 250 * 1024;

  @TempDir Path dir;

  @Test
  void aPersonSeesHowItGoesAndCutsAConnectionAndAViewerCannot() throws Exception {
    Path chromium = Peers.require("chromium");
    String control = "  tokens: [ { name: eyes, role: viewer, secret: !secret " + VIEWER + " } ]\n";
    String upstreams =
        """
        upstreams: { app: { endpoints: [ { address: "127.0.0.1:1" } ], health: { interval: 1s } } }
        """;
    try (Guarded gateway = Guarded.start(dir, control, upstreams);
        Browser browser = Browser.start(chromium, dir)) {
      String url = "http://127.0.0.1:" + gateway.port() + "/ui/";
      browser.size(1280, 800);
      browser.open(url);
      login(browser, "ann", Guarded.PASSWORD);

      browser.shows("Serving on 1 listener");
      browser.shows("1 of 1 upstream endpoint is down");
      browser.until("document.querySelectorAll('.chart canvas').length === 7");
      browser.until("document.querySelector('.fresh').innerText === 'live'");

      browser.js("location.hash = '#/listeners'");
      browser.until("document.querySelector('td')?.innerText === 'echo'");
      browser.shows("in the configuration");
      assertThat(browser.js("document.activeElement.tagName").stringValue()).isEqualTo("H1");

      browser.js("location.hash = '#/connections'");
      browser.focus("td .act button");
      browser.press("Enter");
      browser.until("document.querySelector('dialog[open]') !== null");
      browser.focus("dialog button.danger");
      browser.press("Enter");
      browser.shows("was cut");
      browser.shows("No connection is open that matches.");
      assertThat(gateway.audit())
          .anyMatch(
              line -> line.contains("\"method\":\"DELETE\"") && line.contains("\"status\":204"));

      assertThat(browser.js("localStorage.length + document.cookie").asString(""))
          .isEqualTo("1"); // that there was a login, and no token
      browser.click("header button");
      browser.click("form button.link");
      browser.focus("input[name=token]");
      browser.type(VIEWER);
      browser.press("Enter");
      browser.shows("token eyes (viewer)");
      browser.js("location.hash = '#/upstreams'");
      browser.shows("127.0.0.1:1");
      assertThat(browser.js("document.querySelectorAll('main .act button, td input').length"))
          .hasToString("0");

      assertThat(browser.complaints()).isEmpty();
      assertThat(
              browser
                  .js(
                      "performance.getEntriesByType('resource').map(one => one.name)"
                          + ".filter(name => !name.startsWith(new URL('..', '"
                          + url
                          + "').href)).length")
                  .asInt())
          .isZero();
      assertThat(
              browser
                  .js(
                      "performance.getEntriesByType('resource').filter(one =>"
                          + " one.name.includes('/ui/')).reduce((sum, one) =>"
                          + " sum + one.encodedBodySize, 0)")
                  .asInt())
          .isBetween(50 * 1024, TRANSFER_MAX);

      browser.offline(true);
      browser.until(
          "/^reconnecting, data from \\d+ s ago$/.test("
              + "document.querySelector('.fresh').innerText)");
      browser.shows("127.0.0.1:1");
      browser.offline(false);
      browser.until("document.querySelector('.fresh').innerText === 'live'");
    }
  }

  /** Types as a person does. */
  static void login(Browser browser, String user, String password) throws Exception {
    browser.focus("input[name=username]");
    browser.type(user);
    browser.focus("input[name=password]");
    browser.type(password);
    browser.press("Enter");
  }
}
