# 3.4 in x 2.8 in
# Rows of `data` by the file of their failure card.
of(card) = strstrt(strcol('failures.causes'), card) > 0 ? 100 * column('goodput') : NaN
is(bound) = column('at_least') == bound ? column('gpus') : NaN

set lmargin at screen 0.14
set rmargin at screen 0.925
set tmargin at screen 0.965
set bmargin at screen 0.16
set logscale x 2
set xrange [900:150000]
set xtics ('1,024' 1024, '' 2048, '4,096' 4096, '' 8192, '16,384' 16384, '' 32768, '' 65536, '131,072' 131072)
set yrange [0:100]
set ytics 20
set ylabel 'useful time [%]' offset 1.6,0
set xlabel 'GPUs of the run' offset 0,0.5
set key at screen 0.17, screen 0.50
plot data using 'run.gpus':(of('meta_rsc2')) with linespoints lt 5 title 'RSC-2 rate (2.34)', \
     data using 'run.gpus':(of('llama3_54_days')) with linespoints lt 2 title 'Llama 3 405B, by cause', \
     data using 'run.gpus':(of('meta_rsc1')) with linespoints lt 4 title 'RSC-1 rate (6.50)', \
     published using (is(1)):(100 * column('goodput')) with points lt 1 pt 8 ps 0.9 title 'published: at least', \
     published using (is(0)):(100 * column('goodput')) with points lt 1 pt 2 ps 0.8 title 'published'
