/** How many colours lanes have, in the order of --lane-0 and the others in styles/tokens.css. */
export const LANE_COLOURS = 8
