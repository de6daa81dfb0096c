package io.fairlead.http.balance;

import java.util.Arrays;

/**
 * Which group serves: the first whose healthy share is large enough, or else the one with the
 * largest share, the earlier on a tie. Pure.
 */
public final class Priorities {
  /** A group below this share hands over to the next. */
  public static final double SHARE_MIN = 0.70;

  private Priorities() {}

  /**
   * @param groups of each member; lower serves first
   * @param healthy whether each member is
   * @return the group, one of {@code groups}, which is not empty
   */
  public static int choose(int[] groups, boolean[] healthy) {
    int[] order = Arrays.stream(groups).sorted().distinct().toArray();
    int best = order[0];
    double bestShare = -1;
    for (int group : order) {
      int all = 0;
      int well = 0;
      for (int i = 0; i < groups.length; i++) {
        if (groups[i] != group) continue;
        all++;
        if (healthy[i]) well++;
      }
      double share = (double) well / all;
      if (share >= SHARE_MIN) return group;
      if (share > bestShare) {
        bestShare = share;
        best = group;
      }
    }
    return best;
  }
}
