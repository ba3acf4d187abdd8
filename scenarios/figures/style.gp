# Common to all figures, loaded before each plot.gp: for print in one column, on screen, and in grey.
# Curves differ in dash and point first; their colours are safe for colour-blind readers and differ
# in lightness (L* 0, 46, 71, 32, 58, 79) [Okabe and Ito; Tol's muted set].
set encoding utf8
set datafile separator comma
set datafile columnheaders

# The SVG terminal draws points smaller than cairo does and cannot scale them.
point_scale = GPVAL_TERM eq 'svg' ? 1.4 : 1
set linetype 1 lc rgb '#000000' lw 1.5 dt solid      pt 7  ps 0.5 * point_scale
set linetype 2 lc rgb '#0072B2' lw 1.5 dt (8,4)      pt 5  ps 0.5 * point_scale
set linetype 3 lc rgb '#E69F00' lw 1.5 dt (2,3)      pt 9  ps 0.6 * point_scale
set linetype 4 lc rgb '#882255' lw 1.5 dt (10,3,2,3) pt 13 ps 0.6 * point_scale
set linetype 5 lc rgb '#009E73' lw 1.5 dt (14,4)     pt 6  ps 0.5 * point_scale
set linetype 6 lc rgb '#88CCEE' lw 1.5 dt (4,2,1,2)  pt 4  ps 0.5 * point_scale
set linetype cycle 6

set style fill solid 0.6 border lt -1
set style increment default
set border 3 lw 0.75
set tics nomirror out scale 0.6
set grid xtics ytics back lt 1 dt solid lw 0.5 lc rgb '#D9D9D9'
set key top left Left reverse samplen 3 spacing 1.1 width -1 noopaque
set bars 0.5
