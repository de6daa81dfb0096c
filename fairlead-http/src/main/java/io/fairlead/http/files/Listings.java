package io.fairlead.http.files;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * Makes the pages of directories of one tree: reading, sorting and writing up to {@link
 * Listing#MAX} names takes too long for an event loop and too much memory for everybody at once.
 * Blocking: called on virtual threads only. Thread-safe.
 */
final class Listings {
  /** As many are made at once; who comes then waits. */
  static final int AT_ONCE = 8;

  private final FileTree tree;
  private final Semaphore places = new Semaphore(AT_ONCE);

  Listings(FileTree tree) {
    this.tree = tree;
  }

  /**
   * How a client wants it.
   *
   * @param sort as of {@link Listing#sorted}
   * @param json for programs; else a page
   */
  record Form(String sort, boolean json) {}

  /**
   * Makes a directory's page.
   *
   * @param unwanted whether nobody waits for it any more; then there is none
   */
  FileTree.Found make(FileTree.Found.Listable directory, Form form, BooleanSupplier unwanted)
      throws IOException {
    places.acquireUninterruptibly();
    try {
      if (unwanted.getAsBoolean()) return new FileTree.Found.Nothing();
      Listing listing = tree.list(directory).sorted(form.sort());
      return new FileTree.Found.Listed(form.json() ? listing.json() : listing.html(), form.json());
    } finally {
      places.release();
    }
  }
}
