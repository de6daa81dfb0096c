package io.fairlead.bench;

import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;

/** A GET without fields of its own, for what only looks at the path. */
record SampleHead(String pathAndQuery) implements RequestHead {
  private static final Fields NO_FIELDS =
      new Fields() {
        @Override
        public int size() {
          return 0;
        }

        @Override
        public String name(int index) {
          throw new IndexOutOfBoundsException(index);
        }

        @Override
        public String value(int index) {
          throw new IndexOutOfBoundsException(index);
        }

        @Override
        public boolean nameIs(int index, String lowerCaseName) {
          throw new IndexOutOfBoundsException(index);
        }
      };

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String target() {
    return pathAndQuery;
  }

  @Override
  public TargetForm form() {
    return TargetForm.ORIGIN;
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String authority() {
    return "shop.example.org";
  }

  @Override
  public int minorVersion() {
    return 1;
  }

  @Override
  public Fields fields() {
    return NO_FIELDS;
  }

  @Override
  public BodyLength body() {
    return BodyLength.NONE;
  }

  @Override
  public boolean keepAlive() {
    return true;
  }

  @Override
  public boolean upgradesToWebSocket() {
    return false;
  }

  @Override
  public boolean expectsContinue() {
    return false;
  }
}
